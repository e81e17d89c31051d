"""Messages to people and machines: e-mail, SMS, web push and signed posts."""
