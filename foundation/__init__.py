"""What every layer stands on: files and the errors a person is shown."""
