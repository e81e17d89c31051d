"""The incident room: what people do to the shared picture of an incident."""
