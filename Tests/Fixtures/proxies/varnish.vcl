vcl 4.1;
backend model { .host = "@HOST@"; .port = "@UPSTREAM_PORT@"; }
sub vcl_recv { return (pass); }
