"""The live view of a station for its staff: `feed` keeps the scene, `operator` takes keys, the others show it."""
