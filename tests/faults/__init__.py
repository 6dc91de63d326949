"""What a station's databases go through: power cuts in every write, full and broken disks, clocks that are set."""
