"""Who is calling: what a client shows becomes a subject, or nothing does."""
