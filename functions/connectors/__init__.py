"""The connectors: every module here declares one `connector`, and the folder is the registry."""
