"""From an HTTP request to what to store and what to answer; all of it pure.

doors             receive(): every path, and what happens behind it
requests          the gateway's event as a Request
bodies            bytes -> JSON, whatever they were sent as
write_keys        which source is speaking
batches           messages -> events, archive lines and rejections
answers           Answer, Refused, CORS
browser_settings  what browser SDKs fetch before their first event
log_lines         what was refused and what failed, without data
"""
