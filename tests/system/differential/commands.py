"""The grammar of every command that is compared, and the commands that are not, with the reason."""

GRAMMAR = """
APPEND text elem
DECR num
DECRBY num int
GET text
GETDEL text
GETEX text {EX sec | PX ms | EXAT unix | PXAT unixms | PERSIST}
GETRANGE text index index
GETSET text elem
INCR num
INCRBY num int
INCRBYFLOAT num float
LCS text text {LEN} {IDX} {MINMATCHLEN int} {WITHMATCHLEN}
MGET (text | any)+
MSET (text elem)+
MSETNX ((none | text) elem)+
PSETEX text ms elem
SET text elem {NX | XX} {GET} {EX sec | PX ms | EXAT unix | PXAT unixms | KEEPTTL}
SETEX text sec elem
SETNX (text | none) elem
SETRANGE text offset elem
STRLEN text
SUBSTR text index index

COPY any (dst | any) {DB database} {REPLACE}
0.3 DEL any+
EXISTS any+
0.7 EXPIRE any sec [NX | XX | GT | LT | XX GT]
0.7 EXPIREAT any unix [NX | XX | GT | LT | XX LT]
EXPIRETIME any
KEYS pattern
0.5 MOVE any database
OBJECT ENCODING any
OBJECT REFCOUNT any
OBJECT (FREQ | IDLETIME | elem) any
PERSIST any
0.7 PEXPIRE any ms [NX | XX | GT | LT]
0.7 PEXPIREAT any unixms [NX | XX | GT | LT]
PEXPIRETIME any
PTTL any
RANDOMKEY
0.5 RENAME any (dst | any)
0.5 RENAMENX any (dst | any | none)
SCAN cursor {MATCH pattern} {COUNT (int | 100000)} {TYPE type}
TOUCH any+
TTL any
TYPE any
0.3 UNLINK any+
! WAIT (0 | -1 | ABC) (1 | int)

0.3 ! BLMOVE list (list | dst) (LEFT | RIGHT) (LEFT | RIGHT) 0.01
0.3 ! BLMPOP 0.01 *list (LEFT | RIGHT) [COUNT count]
0.3 ! BLPOP list+ 0.01
0.3 ! BRPOP list+ 0.01
0.3 ! BRPOPLPUSH list (list | dst) 0.01
LINDEX list index
LINSERT list (BEFORE | AFTER) elem elem
LLEN list
LMOVE list (list | dst) (LEFT | RIGHT) (LEFT | RIGHT)
LMPOP *list (LEFT | RIGHT) [COUNT count]
LPOP list [count]
LPOS list elem {RANK int} {COUNT count} {MAXLEN count}
LPUSH list elem+
LPUSHX list elem+
LRANGE list index index
LREM list index elem
LSET list index elem
LTRIM list index index
RPOP list [count]
RPOPLPUSH list (list | dst)
RPUSH list elem+
RPUSHX list elem+

SADD set elem+
SCARD set
SDIFF set+
SDIFFSTORE dst set+
SINTER set+
SINTERCARD *set [LIMIT int]
SINTERSTORE dst set+
SISMEMBER set elem
SMEMBERS set
SMISMEMBER set elem+
SMOVE set (set | dst) elem
SPOP set [count]
SRANDMEMBER set [index]
SREM set elem+
SSCAN set cursor {MATCH pattern} {COUNT (int | 100000)}
SUNION set+
SUNIONSTORE dst set+

ZADD zset {NX | XX} {GT | LT} {CH} {INCR} (score elem)+
ZADD zset [NX | XX | GT | LT] [CH] (score elem)+
ZADD zset [XX | GT | LT] INCR score elem
ZCARD sorted
ZCOUNT sorted bound bound
ZDIFF *zoset [WITHSCORES]
ZDIFFSTORE dst *zoset
ZINCRBY zset score elem
ZINTER *zoset {WEIGHTS weights} {AGGREGATE (SUM | MIN | MAX)} {WITHSCORES}
ZINTERCARD *zoset [LIMIT int]
ZINTERSTORE dst *zoset {WEIGHTS weights} {AGGREGATE (SUM | MIN | MAX)}
ZLEXCOUNT zset name_bound name_bound
0.3 ! BZMPOP 0.01 *zset (MIN | MAX) [COUNT count]
0.3 ! BZPOPMAX zset+ 0.01
0.3 ! BZPOPMIN zset+ 0.01
ZMPOP *zset (MIN | MAX) [COUNT count]
ZMSCORE zset elem+
ZPOPMAX zset [count]
ZPOPMIN zset [count]
ZRANDMEMBER zset [index [WITHSCORES]]
ZRANGE zset index index {REV} {WITHSCORES}
ZRANGE zset bound bound BYSCORE {REV} {LIMIT int int} {WITHSCORES}
ZRANGE zset name_bound name_bound BYLEX {REV} {LIMIT int int}
ZRANGE zset range_bound range_bound {BYSCORE | BYLEX} {REV} {LIMIT int int} {WITHSCORES}
ZRANGEBYLEX zset name_bound name_bound {LIMIT int int}
ZRANGEBYSCORE zset bound bound {WITHSCORES} {LIMIT int int}
ZRANGESTORE dst zset index index [REV]
ZRANGESTORE dst zset range_bound range_bound {BYSCORE | BYLEX} {REV} {LIMIT int int}
ZRANK zset elem
ZREM zset elem+
ZREMRANGEBYLEX zset name_bound name_bound
ZREMRANGEBYRANK zset index index
ZREMRANGEBYSCORE zset bound bound
ZREVRANGE zset index index [WITHSCORES]
ZREVRANGEBYLEX zset name_bound name_bound {LIMIT int int}
ZREVRANGEBYSCORE zset bound bound {WITHSCORES} {LIMIT int int}
ZREVRANK zset elem
ZSCAN zset cursor {MATCH pattern} {COUNT (int | 100000)}
ZSCORE zset elem
ZUNION *zoset {WEIGHTS weights} {AGGREGATE (SUM | MIN | MAX)} {WITHSCORES}
ZUNIONSTORE dst *zoset {WEIGHTS weights} {AGGREGATE (SUM | MIN | MAX)}

HDEL hash elem+
HEXISTS hash elem
HGET hash elem
HGETALL hash
HINCRBY hash elem int
HINCRBYFLOAT hash elem float
HKEYS hash
HLEN hash
HMGET hash elem+
HMSET hash (elem elem)+
HRANDFIELD hash [index [WITHVALUES]]
HSCAN hash cursor {MATCH pattern} {COUNT (int | 100000)}
HSET hash (elem (elem | float | int))+
HSETNX hash elem elem
HSTRLEN hash elem
HVALS hash

BITCOUNT bits [index index [BYTE | BIT]]
BITFIELD bits (GET field_type field_offset | SET field_type field_offset int | INCRBY field_type field_offset int
    | OVERFLOW (WRAP | SAT | FAIL) INCRBY field_type field_offset int | OVERFLOW (WRAP | SAT | FAIL))+
BITFIELD_RO bits (GET field_type field_offset)+
BITOP (AND | OR | XOR | NOT) (dst | bits) text+
BITPOS bits bit [index [index [BYTE | BIT]]]
GETBIT bits offset
SETBIT bits offset bit
PFADD hll elem+
PFADD hll
PFCOUNT hll+
PFDEBUG (GETREG | DECODE | ENCODING | TODENSE | elem) hll
PFMERGE (hll | dst) hll+

GEOADD geo {NX | XX} {CH} (lon lat place)+
GEODIST geo place place [unit]
GEOHASH geo place+
GEOPOS geo place+
GEORADIUS geo lon lat radius unit {WITHCOORD} {WITHDIST} {WITHHASH} {COUNT count [ANY]} {ASC | DESC}
GEORADIUS geo lon lat radius unit {WITHDIST} {COUNT count} {ASC | DESC} {STORE dst | STOREDIST dst}
GEORADIUSBYMEMBER geo place radius unit {WITHCOORD} {WITHDIST} {WITHHASH} {COUNT count [ANY]} {ASC | DESC}
GEORADIUSBYMEMBER geo place radius unit {COUNT count} {ASC | DESC} {STORE dst | STOREDIST dst}
GEORADIUSBYMEMBER_RO geo place radius unit {WITHCOORD} {WITHDIST} {WITHHASH} {COUNT count [ANY]} {ASC | DESC}
GEORADIUS_RO geo lon lat radius unit {WITHCOORD} {WITHDIST} {WITHHASH} {COUNT count [ANY]} {ASC | DESC}
GEOSEARCH geo (FROMMEMBER place | FROMLONLAT lon lat) (BYRADIUS radius unit | BYBOX radius radius unit)
    {ASC | DESC} {COUNT count [ANY]} {WITHCOORD} {WITHDIST} {WITHHASH}
GEOSEARCH geo {FROMMEMBER place | FROMLONLAT lon lat} {BYRADIUS radius unit | BYBOX radius radius unit}
    {ASC | DESC} {COUNT count [ANY]} {WITHCOORD} {WITHDIST} {WITHHASH}
GEOSEARCHSTORE dst geo {FROMMEMBER place | FROMLONLAT lon lat} {BYRADIUS radius unit | BYBOX radius radius unit}
    {ASC | DESC} {COUNT count [ANY]} {STOREDIST}

SORT numbers {BY by} {LIMIT int int} {GET get} {GET get} {ASC | DESC} {ALPHA} {STORE dst}
SORT numbers {BY by} {GET get} {ASC | DESC}
SORT (sortable | numbers) {LIMIT index count} {ASC | DESC} {ALPHA}
SORT_RO (sortable | numbers) {BY by} {LIMIT index count} {GET get} {ASC | DESC} {ALPHA}

XACK stream group id+
XADD stream next_id (elem elem)+
XADD stream next_id (elem elem)+
XADD stream {NOMKSTREAM} {MAXLEN [=] count | MINID [=] id | MAXLEN near count [LIMIT int] | MINID near id [LIMIT int]}
    (next_id | id) (elem elem)+
XAUTOCLAIM stream group consumer idle (id | open_id) {COUNT count} {JUSTID}
XCLAIM stream group consumer idle id+ {IDLE idle} {TIME unixms} {RETRYCOUNT count} {FORCE} {JUSTID} {LASTID id}
XDEL stream id+
XGROUP CREATE stream group (id | last) {MKSTREAM} {ENTRIESREAD int}
XGROUP SETID stream group (id | last) [ENTRIESREAD int]
XGROUP CREATECONSUMER stream group consumer
XGROUP DELCONSUMER stream group consumer
0.3 XGROUP DESTROY stream group
XGROUP elem stream group
XINFO STREAM stream [FULL [COUNT int]]
XINFO GROUPS stream
XINFO (CONSUMERS | elem) stream group
XLEN stream
XPENDING stream group [[IDLE idle] open_id open_id count [consumer]]
XRANGE stream open_id open_id [COUNT int]
XREAD {COUNT int} STREAMS streams_and_ids
XREADGROUP GROUP group consumer {COUNT int} {NOACK} STREAMS streams_and_new
XREADGROUP GROUP group consumer STREAMS streams_and_new
XREVRANGE stream open_id open_id [COUNT int]
XSETID stream id {ENTRIESADDED int} {MAXDELETEDID id}
XTRIM stream (MAXLEN [=] count | MINID [=] id | MAXLEN near count [LIMIT int] | MINID near id [LIMIT int])

DUMP any
! 0.5 RESTORE (none | any) payload_ttl elem {REPLACE} {ABSTTL} {IDLETIME int} {FREQ int}

ECHO elem
PING [elem]
0.3 SELECT database
0.1 SWAPDB database database
0.05 FLUSHALL [SYNC | ASYNC | elem]
0.05 FLUSHDB [SYNC | ASYNC | elem]
DBSIZE
AUTH elem [elem]
0.2 HELLO [(2 | 3 | int) {SETNAME elem} {AUTH elem elem}]
0.1 ! RESET
TIME
LASTSAVE
0.3 CLIENT (GETNAME | ID | GETREDIR | TRACKINGINFO | UNPAUSE | elem)
CLIENT SETNAME elem
CLIENT (NO-EVICT (ON | OFF | elem) | UNBLOCK int [TIMEOUT | ERROR | elem])
CONFIG GET limit+
0.3 CONFIG SET (limit int)+
COMMAND (GETKEYS | GETKEYSANDFLAGS) command
OBJECT elem elem
ACL (WHOAMI | USERS | elem)
MEMORY USAGE any [SAMPLES int]
MODULE (LIST | elem)
ROLE
LATENCY (RESET elem+ | HISTORY elem | elem)
SLOWLOG (LEN | elem)
"""

# Commands that both servers have and nobody compares, and why.
LEFT_OUT = {
    'bgrewriteaof bgsave save shutdown replicaof slaveof waitaof': 'they act on files and processes',
    'info lolwut': 'what they tell is the server\'s own',
    'pfselftest': 'it takes seconds in Redis',
    'debug': 'DIGEST-VALUE is how keys are compared, the rest is about the server',
    'monitor': 'what follows is no reply',
    'quit': 'it ends the connection; the wire tests have it',
    'multi exec discard watch unwatch': 'replies within EXEC are of any kind; the wire tests have them',
    'publish spublish pubsub': 'nobody listens; the wire tests have them',
    'subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe': 'the connection would do nothing else',
}


def grammar_lines():
    """The lines; one that begins with blanks continues the line before."""
    return [line for line in GRAMMAR.replace('\n    ', ' ').splitlines() if line.strip()]
