"""The grammar of the domain: machines, money, causes, errors. Pure; imports nothing of ours."""
