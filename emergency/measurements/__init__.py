"""What gauges and sensors say, what is known of now, and the alarms that follow from it."""
