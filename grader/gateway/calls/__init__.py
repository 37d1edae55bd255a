"""The handlers of calls, one file per kind of object; `grader.gateway.routes` lists them."""
