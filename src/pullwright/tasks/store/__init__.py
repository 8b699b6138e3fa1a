"""What the service keeps, in one SQL schema beside the log's.

store/
└── tables       every table
"""
