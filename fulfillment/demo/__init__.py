"""A sample day of a made-up shop, driven through the HTTP API: `fulfillment demo`.

Read `day.py` first: it is the day, hour by hour. `stories.py` says what may become of an order and why, `shop.py` is what
is sold, `plan.py` deals the stories out and knows what must come of each. `people.py` speaks HTTP.
"""
