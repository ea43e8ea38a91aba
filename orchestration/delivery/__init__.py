"""Lead files: who is to be called goes to the contact centre, each lead once."""
