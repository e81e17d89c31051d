"""What the incident room shows and takes: drawing, closures, resources, weather, messages. Pure."""
