"""Order fulfillment: from checkout to the customer's door. The domain; it knows no web and no task framework."""
