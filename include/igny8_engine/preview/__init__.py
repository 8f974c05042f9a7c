"""The preview site: a stand-in for WordPress that takes articles over the same REST API and shows them as pages.

For demonstrations and tests. It holds what is sent to it and shows it; it is no WordPress and no place to run a site.
"""
