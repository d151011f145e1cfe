"""A gateway in FastAPI with httpx, as tutorials show it: bytes or lines, by the third argument."""
import sys

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

app = FastAPI()
client = httpx.AsyncClient(base_url="http://" + sys.argv[2], timeout=60)
hop = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "upgrade"}


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def forward(request: Request):
    fields = [(k, v) for k, v in request.headers.raw if k.lower() not in (b"host", b"accept-encoding")]
    url = httpx.URL(path=request.url.path, query=request.url.query.encode())
    asked = client.build_request(request.method, url, headers=fields, content=await request.body())
    answer = await client.send(asked, stream=True)

    async def lines():
        async for line in answer.aiter_lines():
            yield line + "\n"

    body = lines() if sys.argv[3] == "lines" else answer.aiter_bytes()
    kept = {k: v for k, v in answer.headers.items() if k.lower() not in hop}
    return StreamingResponse(body, answer.status_code, kept)


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
