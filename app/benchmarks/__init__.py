"""Measurements behind `docs/BENCHMARKS.md`, each a command of `aura bench`."""
