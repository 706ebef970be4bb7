"""What the assistant does: thin custom actions, one to a file, each calling one use case and naming responses."""
