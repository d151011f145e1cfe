// The reverse proxy of Go's standard library, as its documentation shows it.
package main

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

func main() {
	upstream, _ := url.Parse("http://" + os.Args[2])
	http.ListenAndServe("127.0.0.1:"+os.Args[1], httputil.NewSingleHostReverseProxy(upstream))
}
