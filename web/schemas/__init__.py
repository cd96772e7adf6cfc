"""What is sent and what is answered, as pydantic models: one file per noun. The OpenAPI document is made of them."""
