"""Prompt templates, personas and lenses: plain files that a writer can read and override."""
