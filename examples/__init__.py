"""Examples of what is built on the API. They speak to it by HTTP alone."""
