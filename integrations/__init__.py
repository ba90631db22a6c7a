"""Thin adapters to hosts. They hold no logic of their own."""
