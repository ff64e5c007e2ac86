"""What the packed blobs of measurements always contain, for deflate to refer to. Never changed: format 1."""

# What repeats most stands last, where deflate reaches it with the shortest distances.
DICTIONARY_1 = (
    b'"Accept-Ranges","bytes"],["Age","0"],["Alt-Svc","h3=\\":443\\"; ma=86400"],["CF-RAY","],["CF-Cache-Status","'
    b'DYNAMIC"],["Connection","keep-alive"],["Connection","close"],["Content-Encoding","gzip"],["Content-Encoding","br"'
    b'],["Content-Language","ru"],["Content-Language","en"],["Content-Security-Policy","default-src \'self\' https:; '
    b"script-src 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'none'; upgrade-insecure-requests\"],[\"ETag\",\"W/\\\""
    b'"],["Expires","Thu, 01 Jan 1970 00:00:00 GMT"],["Last-Modified","Mon, Tue, Wed, Thu, Fri, Sat, Sun, Jan Feb Mar '
    b'Apr May Jun Jul Aug Sep Oct Nov Dec 2026 2027 00:00:00 GMT"],["Keep-Alive","timeout=5"],["Link","<https://>; rel='
    b'preconnect"],["P3P","],["Permissions-Policy","geolocation=(), camera=(), microphone=()"],["Pragma","no-cache"],['
    b'"Referrer-Policy","strict-origin-when-cross-origin"],["Report-To","{\\"group\\":\\"cf-nel\\",\\"max_age\\":604800,'
    b'\\"endpoints\\":[{\\"url\\":\\"https://a.nel.cloudflare.com/report/v4?s="],["NEL","{\\"success_fraction\\":0,'
    b'\\"report_to\\":\\"cf-nel\\",\\"max_age\\":604800}"],["Server","cloudflare"],["Server","nginx"],["Server","Apache'
    b'"],["Set-Cookie","__cf_bm=; path=/; expires=; domain=.; HttpOnly; Secure; SameSite=None"],["Strict-Transport-'
    b'Security","max-age=31536000; includeSubDomains; preload"],["Transfer-Encoding","chunked"],["Vary","Accept-'
    b'Encoding"],["Via","1.1 varnish"],["X-Cache","HIT"],["X-Cache","MISS"],["X-Content-Type-Options","nosniff"],["X-'
    b'Frame-Options","SAMEORIGIN"],["X-Frame-Options","DENY"],["X-Powered-By","PHP/"],["X-XSS-Protection","1; mode='
    b'block"],["Location","https://www."],["Cache-Control","no-store, no-cache, must-revalidate, private, max-age=0"],['
    b'"Content-Length","],["Content-Type","text/html; charset=utf-8"],["Content-Type","text/html; charset=UTF-8"],['
    b'"Date","accept-ranges","cache-control","content-encoding","content-length","content-type","date","location","'
    b'server","set-cookie","strict-transport-security","vary","x-frame-options","Accept","text/html,application/xhtml+'
    b'xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8","Accept-Language","en-US,en;q=0.9","Accept-Encoding","'
    b'gzip, deflate, br","Host","www.","User-Agent","Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHT'
    b'ML, like Gecko) Chrome/ Safari/537.36",null,null,0,0],"tls_handshake_start","tls_handshake_done","resolve_start",'
    b'"resolve_done","http_transaction_start","http_transaction_done","connect","write","read","bytes_received_cumula'
    b'tive",null,null,0.0,null,null,0],[1,"read",0.1,null,true,null,"",[],{"a":[],"e":[],"c":[],"h":[[],[['
    b"\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00\x03www\x03com\x03org\x02kz\x00\x00\x1c\x00\x01\x00\x01\xc0\x0c\x00\x05"
    b"\x00\x01\x00\x00\x01\x2c\x00\x04\xc0\x0c\x00\x1c\x00\x01\x00\x00\x01\x2c\x00\x10\xc0\x0c\x00\x01\x00\x01\x00\x00"
)
