"""
Faults on the links between the parts, while orders are being worked: each must be got over, and nothing be lost or done twice.

Read `kinds.py` first: every fault, and what it does to which link. `proxy.py` is what stands on the links.
"""
