package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
)

// Options say where and how fast a session is played.
type Options struct {
	Server      string                     // origin, for example "http://localhost:8080"
	CreateToken string                     // for a server that asks for one
	Speed       float64                    // 1: as people work, about an act each ten seconds; 0: as fast as it goes
	Progress    func(what string)          // called now and then; nil: silent
	Started     func(board client.Created) // called when the board is made, with its links; may be nil
	Invited     func(link string)          // called with the participants' link; may be nil
}

// pause is how long a person takes between two acts at speed 1, on average.
const pause = 10 * time.Second

// player is one run.
type player struct {
	session *Session
	options Options
	layout  layout
	names   Names
	owner   *client.Board
	rest    *client.REST
	people  []*client.Board // in the session's order
	byKey   map[string]*client.Board
}

// Names maps the ids that a run made to the file's keys, for the outcome.
type Names struct {
	mu   sync.Mutex
	byID map[string]string
	ids  map[string]protocol.ID // noun and key -> id
}

// id returns the id of a key, made the first time. It is random: nothing on the board shows the key.
func (n *Names) id(noun, key string) protocol.ID {
	n.mu.Lock()
	defer n.mu.Unlock()
	id, ok := n.ids[noun+" "+key]
	if !ok {
		id = protocol.RandomID()
		n.ids[noun+" "+key] = id
		n.byID[id.String()] = key
	}
	return id
}

// key returns the file's key of an id.
func (n *Names) key(id string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if key, ok := n.byID[id]; ok {
		return key
	}
	return id
}

// Played is what a run leaves behind.
type Played struct {
	Board   client.Created
	Outcome protocol.Tally // as the server gave it, with ids
	Names   *Names
}

// Play makes a board on the server and plays the session on it: the owner sets it up, every participant joins by the
// same link, writes its notes, puts them into their rings, and all cluster together. It returns when everything is saved
// and the outcome is read back.
func Play(ctx context.Context, s *Session, o Options) (Played, error) {
	p := &player{
		session: s, options: o, layout: newLayout(s), byKey: map[string]*client.Board{},
		names: Names{byID: map[string]string{}, ids: map[string]protocol.ID{}},
	}
	if o.Progress == nil {
		p.options.Progress = func(string) {}
	}
	defer p.hangUp()
	made, err := p.setUp(ctx)
	if err != nil {
		return Played{}, fmt.Errorf("set the board up: %w", err)
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"join", p.joinAll}, {"write", p.write}, {"place", p.place}, {"cluster", p.cluster}, {"save", p.save},
	} {
		if err := step.do(ctx); err != nil {
			return Played{}, fmt.Errorf("%s: %w", step.name, err)
		}
	}
	outcome, err := p.rest.Outcome(ctx)
	if err != nil {
		return Played{}, fmt.Errorf("read the outcome: %w", err)
	}
	return Played{Board: made, Outcome: outcome, Names: &p.names}, nil
}

// setUp makes the board, its perspectives and its target, as its owner.
func (p *player) setUp(ctx context.Context) (client.Created, error) {
	s := p.session
	made, err := client.CreateBoard(ctx, p.options.Server, client.NewBoard{
		Title: s.Title, Question: s.Question, Language: s.Language, CreateToken: p.options.CreateToken,
	})
	if err != nil {
		return made, err
	}
	if p.options.Started != nil {
		p.options.Started(made)
	}
	m, err := client.Join(ctx, made.Owner, client.JoinOptions{Name: "Begeleider"})
	if err != nil {
		return made, err
	}
	p.rest = m.REST()
	if p.owner, err = client.Dial(ctx, m.Options()); err != nil {
		return made, err
	}
	var ops []protocol.Op
	for _, g := range s.Perspectives {
		ops = append(ops, &protocol.PerspectiveAdd{Perspective: p.names.id("perspective", g.Key), Label: g.Label})
	}
	if len(s.Rings) > 0 {
		rings := make([]protocol.Ring, len(s.Rings))
		for _, r := range s.Rings {
			at := p.layout.ringAt[r.Key]
			rings[at] = protocol.Ring{ID: p.names.id("ring", r.Key), Label: r.Label, Size: p.layout.ringSize[at]}
		}
		ops = append(ops, &protocol.AreaCreate{Area: protocol.RandomID(), Form: protocol.FormTarget, Rings: rings})
	}
	for _, op := range ops {
		if _, err := p.owner.DoSaved(ctx, op); err != nil {
			return made, err
		}
	}
	return made, nil
}

// joinAll lets every participant join by one link, at once, and be connected.
func (p *player) joinAll(ctx context.Context) error {
	link, err := p.rest.CreateLink(ctx, client.NewLink{Role: protocol.RoleContributor, Label: "demo"})
	if err != nil {
		return err
	}
	if p.options.Invited != nil {
		p.options.Invited(link.Link)
	}
	people := p.session.Participants
	p.people = make([]*client.Board, len(people))
	err = each(len(people), func(i int) error {
		name := firstNames[i%len(firstNames)]
		if round := i / len(firstNames); round > 0 {
			name = fmt.Sprintf("%s %d", name, round+1)
		}
		options := client.JoinOptions{Name: name}
		if g := people[i].Perspective; g != "" {
			options.Perspective = p.names.id("perspective", g)
		}
		m, err := client.Join(ctx, link.Link, options)
		if err != nil {
			return err
		}
		p.people[i], err = client.Dial(ctx, m.Options())
		return err
	})
	for i, person := range p.people {
		p.byKey[people[i].Key] = person
	}
	p.options.Progress(fmt.Sprintf("%d people have joined", len(people)))
	return err
}

// write lets every participant write its notes, all at once: first the note, then the words.
func (p *player) write(ctx context.Context) error {
	err := p.everyone(func(i int, notes []Note) error {
		for _, n := range notes {
			if err := p.wait(ctx); err != nil {
				return err
			}
			tray := p.layout.trays[n.Key]
			note := p.names.id("note", n.Key)
			_, err := p.people[i].Do(ctx, &protocol.NoteCreate{
				Note: note, X: tray.x, Y: tray.y, W: noteSize, H: noteSize, Rev: protocol.RandomID(),
			})
			if err != nil {
				return err
			}
			if _, err := p.people[i].Edit(note, "", n.Text); err != nil {
				return err
			}
		}
		return nil
	})
	p.options.Progress(fmt.Sprintf("%d notes are written", len(p.session.Notes)))
	return err
}

// place lets every participant put its notes into their rings.
func (p *player) place(ctx context.Context) error {
	err := p.everyone(func(i int, notes []Note) error {
		for _, n := range notes {
			if err := p.wait(ctx); err != nil {
				return err
			}
			at := p.layout.places[n.Key]
			op := &protocol.NoteMove{Note: p.names.id("note", n.Key), X: at.x, Y: at.y}
			if _, err := p.people[i].Do(ctx, op); err != nil {
				return err
			}
		}
		return nil
	})
	p.options.Progress("the notes are placed")
	return err
}

// cluster lets the participants make the clusters one after the other, so that they come in the file's order, each by
// another person: with its first note, the others following, and named when it is there.
func (p *player) cluster(ctx context.Context) error {
	for i, c := range p.session.Clusters {
		who := p.people[i%len(p.people)]
		id := p.names.id("cluster", c.Key)
		if _, err := who.Do(ctx, &protocol.ClusterCreate{Cluster: id}); err != nil {
			return err
		}
		for _, n := range p.session.Notes {
			if n.Cluster == nil || *n.Cluster != c.Key {
				continue
			}
			if err := p.wait(ctx); err != nil {
				return err
			}
			op := &protocol.ClusterAssign{Cluster: id, Notes: []protocol.ID{p.names.id("note", n.Key)}}
			if _, err := p.byKey[n.Participant].Do(ctx, op); err != nil {
				return err
			}
		}
		if _, err := who.Do(ctx, &protocol.ClusterRename{Cluster: id, Title: c.Title}); err != nil {
			return err
		}
		p.options.Progress(fmt.Sprintf("cluster %d of %d: %s", i+1, len(p.session.Clusters), c.Title))
	}
	return nil
}

// save waits until nobody has anything unsaved.
func (p *player) save(ctx context.Context) error {
	err := each(len(p.people), func(i int) error { return p.people[i].Flush(ctx) })
	p.options.Progress("everything is saved")
	return errors.Join(err, p.owner.Flush(ctx))
}

func (p *player) hangUp() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = each(len(p.people), func(i int) error {
		if p.people[i] == nil {
			return nil
		}
		return p.people[i].Close(ctx)
	})
	if p.owner != nil {
		_ = p.owner.Close(ctx)
	}
}

// everyone calls do at once for each participant with its notes.
func (p *player) everyone(do func(i int, notes []Note) error) error {
	return each(len(p.session.Participants), func(i int) error {
		var mine []Note
		for _, n := range p.session.Notes {
			if n.Participant == p.session.Participants[i].Key {
				mine = append(mine, n)
			}
		}
		return do(i, mine)
	})
}

// wait lets a person think.
func (p *player) wait(ctx context.Context) error {
	if p.options.Speed <= 0 {
		return ctx.Err()
	}
	thinks := time.Duration((0.5 + rand.Float64()) * float64(pause) / p.options.Speed)
	timer := time.NewTimer(thinks)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// each calls f for 0..n-1 at once and waits for all.
func each(n int, f func(i int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}
