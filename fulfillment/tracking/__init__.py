"""Where parcels are after the carrier took them: what is told of them, and what a person does about those in trouble."""
