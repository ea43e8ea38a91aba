"""From the warehouse's marts to what BI tools read, and the pages for people."""

from orchestration.publishing.publish import Publication, PublicationError, publish

__all__ = ["Publication", "PublicationError", "publish"]
