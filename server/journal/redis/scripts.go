package redis

import (
	_ "embed"

	goredis "github.com/redis/go-redis/v9"
)

// The scripts, each with a comment on its keys, arguments and order of writes. Redis forgets them when it restarts, so
// each call is by digest and, when Redis lacks it, again by text.
var (
	//go:embed append.lua
	appendText string
	//go:embed open.lua
	openText string
	//go:embed trim.lua
	trimText string
	//go:embed unload.lua
	unloadText string
	//go:embed beat.lua
	beatText string

	appendScript = goredis.NewScript(appendText)
	openScript   = goredis.NewScript(openText)
	trimScript   = goredis.NewScript(trimText)
	unloadScript = goredis.NewScript(unloadText)
	beatScript   = goredis.NewScript(beatText)
)

// coded splits a script's answer into its code and what it adds.
func coded(reply []string) (code, detail string) {
	if len(reply) == 0 {
		return "", ""
	}
	return reply[0], reply[len(reply)-1]
}
