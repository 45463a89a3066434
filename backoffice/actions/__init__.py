"""What can be done: label, form, permission, guard and queue of every action, leading to a service."""
