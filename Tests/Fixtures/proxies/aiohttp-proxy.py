"""A reverse proxy in aiohttp, as its documentation shows streaming."""
import sys

from aiohttp import ClientSession, web

hop = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "upgrade"}


async def forward(request):
    async with ClientSession(auto_decompress=False) as session:
        fields = {k: v for k, v in request.headers.items() if k.lower() not in ("host",)}
        async with session.request(
            request.method, "http://" + sys.argv[2] + request.path_qs, headers=fields,
            data=await request.read(),
        ) as answer:
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in hop}
            response = web.StreamResponse(status=answer.status, headers=kept)
            await response.prepare(request)
            async for chunk in answer.content.iter_any():
                await response.write(chunk)
            await response.write_eof()
            return response

app = web.Application(client_max_size=1 << 26)
app.router.add_route("*", "/{path:.*}", forward)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
