"""The converters, a module for each family of formats; they run in `convert_worker` processes only."""
