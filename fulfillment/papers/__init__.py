"""Papers of the floor: packing slips and picklists as PDF, with barcodes for the scanners. No prices."""
