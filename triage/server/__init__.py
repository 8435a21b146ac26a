"""The server: the REST API and the experts' page, on one store."""
