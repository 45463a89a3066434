"""`make bench`: what this product costs, beside a stock Flask-Admin and beside the floor, in one run."""
