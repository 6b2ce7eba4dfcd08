"""What every call passes before its servicer: one concern a file, outermost first.

errors -> authentication -> admission -> validation -> servicer
"""
