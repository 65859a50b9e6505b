"""The MCP face: `rlm mcp` serves agents over the Model Context Protocol, on stdio or over HTTP.

It uses `RLM`, its stream of events and `SubKernel`; nothing here knows how a run is made. It needs the extra `mcp`.
"""
