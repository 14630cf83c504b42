// Command denkwand is the whole product in one program: it serves boards, verifies what is kept of them, plays a
// workshop into a server, measures, and manages links.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line. Every flag of a command can also be set by DENKWAND_<FLAG> and in a file (--config); the
// flag is stronger than the environment, the environment than the file.
type commands struct {
	Config  kong.NamedFileContentFlag `name:"config" short:"c" placeholder:"FILE" help:"YAML file with settings, one 'flag-name: value' a line."`
	Version kong.VersionFlag          `env:"-" help:"Print the version."`

	Serve  serveCommand  `cmd:"" help:"Serve boards."`
	Verify verifyCommand `cmd:"" help:"Replay everything a data directory keeps and check it."`
	Demo   demoCommand   `cmd:"" help:"Play a workshop into a running server, as its participants would."`
	Bench  benchCommand  `cmd:"" help:"Measure this program beside a bare broadcaster."`

	Links linksCommand `cmd:"" help:"List, make and withdraw the links of a board."`

	BenchFloor benchFloorCommand `cmd:"" hidden:"" name:"bench-floor"`
}

const about = `Denkwand is a wall to think on together: sticky notes, clusters and targets for live workshops.

"denkwand serve" starts a server and prints the links to open.

Every flag can also be set by an environment variable, --public-url by DENKWAND_PUBLIC_URL, or by a line of the file that
--config names, "public-url: …". A flag is stronger than the environment, the environment than the file. A setting that
does not exist is refused.`

// version is the protocol's and the program's; a build may set it.
var version = "0.1.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // who asks a second time does not want to wait
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr, os.Exit)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "denkwand: "+err.Error())
		os.Exit(1)
	}
}

// output is where commands write: results to out, progress and logs to err.
type output struct{ out, err io.Writer }

// errUsage marks a command line that was not understood; what was wrong has been said.
var errUsage = errors.New("see denkwand --help")

func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer, exit func(int)) error {
	var cli commands
	settings, err := newSettings(args, environ)
	if err != nil {
		return err
	}
	parser, err := kong.New(&cli,
		kong.Name("denkwand"), kong.Description(about), kong.UsageOnError(), kong.Writers(stdout, stderr), kong.Exit(exit),
		kong.Vars{"version": version}, kong.Resolvers(settings),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w; %w", err, errUsage)
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return parsed.Run(output{out: stdout, err: stderr})
}
