"""The honest side: resolvers, sites, HTTP/3, all in one asyncio process."""
