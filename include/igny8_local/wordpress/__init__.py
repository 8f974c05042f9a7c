"""A real WordPress on this machine, without root and without docker: out of Debian packages that are only unpacked."""
