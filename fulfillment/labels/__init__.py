"""Labels: what a carrier sells for a parcel. Intended first, asked about where unclear, never bought twice."""
