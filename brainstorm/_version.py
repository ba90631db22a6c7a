"""The version, read by the build and by run files."""

__version__ = "0.1.0"
