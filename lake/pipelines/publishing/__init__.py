"""What `publish` is made of: releases, their folders and databases, what is shown. The verb is in publish.py."""
