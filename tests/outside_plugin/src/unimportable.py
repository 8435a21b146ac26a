"""A plugin that needs what is not there."""

import a_module_that_does_not_exist  # noqa: F401
