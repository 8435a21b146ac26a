"""What stands around every endpoint, and the forms they share; knows no endpoint."""
