"""What somebody would write instead of us: a bare Django project with plain tables, on the same server and database."""
