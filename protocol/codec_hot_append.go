package protocol

import "github.com/denkwand/denkwand/protocol/strictjson"

// appendHotOp appends an op if its kind is among the hot ones.
func appendHotOp(dst []byte, op Op) ([]byte, bool) {
	switch op := op.(type) {
	case *NoteMove:
		return op.append(dst), true
	case *NoteText:
		return op.append(dst), true
	case *NoteCreate:
		return op.append(dst), true
	}
	return dst, false
}

// appendHotFrame appends a frame if its type is among the hot ones.
func appendHotFrame(dst []byte, f Frame) ([]byte, bool) {
	switch f := f.(type) {
	case *Changes:
		return f.append(dst), true
	case *Own:
		return f.append(dst), true
	case *Signals:
		return f.append(dst), true
	case *Submit:
		return f.append(dst), true
	case *Ping:
		dst = append(dst, `{"type":"ping"`...)
		if f.At != "" {
			dst = appendTextMember(dst, `,"at":`, f.At)
		}
		return append(dst, '}'), true
	}
	return dst, false
}

func (o *NoteMove) append(dst []byte) []byte {
	dst = appendIDMember(dst, `{"kind":"note.move","note":`, o.Note)
	dst = appendIntMember(dst, `,"x":`, o.X)
	dst = appendIntMember(dst, `,"y":`, o.Y)
	return append(dst, '}')
}

func (o *NoteText) append(dst []byte) []byte {
	dst = appendIDMember(dst, `{"kind":"note.text","note":`, o.Note)
	dst = appendIDMember(dst, `,"base":`, o.Base)
	dst = appendIDMember(dst, `,"rev":`, o.Rev)
	dst = append(dst, `,"runs":`...)
	return append(o.Runs.AppendJSON(dst), '}')
}

func (o *NoteCreate) append(dst []byte) []byte {
	dst = appendIDMember(dst, `{"kind":"note.create","note":`, o.Note)
	dst = appendIntMember(dst, `,"x":`, o.X)
	dst = appendIntMember(dst, `,"y":`, o.Y)
	dst = appendIntMember(dst, `,"w":`, o.W)
	dst = appendIntMember(dst, `,"h":`, o.H)
	if o.Text != "" {
		dst = appendTextMember(dst, `,"text":`, o.Text)
	}
	dst = appendIDMember(dst, `,"rev":`, o.Rev)
	if o.Colour != 0 {
		dst = appendIntMember(dst, `,"colour":`, int64(o.Colour))
	}
	if len(o.Tags) > 0 {
		dst = appendTexts(append(dst, `,"tags":`...), o.Tags)
	}
	if !o.Cluster.IsZero() {
		dst = appendIDMember(dst, `,"cluster":`, o.Cluster)
	}
	return append(dst, '}')
}

func (f *Submit) append(dst []byte) []byte {
	dst = appendUintMember(dst, `{"type":"submit","n":`, f.N)
	dst = append(dst, `,"ops":[`...)
	for i, op := range f.Ops {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendOp(dst, op.Op)
	}
	return append(dst, "]}"...)
}

func (f *Changes) append(dst []byte) []byte {
	dst = appendUintMember(dst, `{"type":"changes","seq":`, f.Seq)
	if f.At != "" {
		dst = appendTextMember(dst, `,"at":`, f.At)
	}
	dst = appendIntMember(dst, `,"time":`, f.Time)
	dst = append(dst, `,"changes":[`...)
	for i := range f.Changes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendChange(dst, &f.Changes[i])
	}
	return append(dst, "]}"...)
}

// AppendChange appends one change in canonical form, as it stands in the changes frame and in a base.
func AppendChange(dst []byte, c *Change) []byte {
	if c.Note == nil || *c != (Change{Note: c.Note}) {
		return strictjson.Append(dst, c)
	}
	return append(c.Note.append(append(dst, `{"note":`...)), '}')
}

func (c *NoteChange) append(dst []byte) []byte {
	dst = appendIDMember(dst, `{"id":`, c.ID)
	if c.Deleted {
		dst = append(dst, `,"deleted":true`...)
	}
	dst = appendIntPointer(dst, `,"x":`, c.X)
	dst = appendIntPointer(dst, `,"y":`, c.Y)
	dst = appendIntPointer(dst, `,"w":`, c.W)
	dst = appendIntPointer(dst, `,"h":`, c.H)
	if c.Text != nil {
		dst = appendTextMember(dst, `,"text":`, *c.Text)
	}
	if c.Rev != nil {
		dst = appendIDMember(dst, `,"rev":`, *c.Rev)
	}
	if c.Edit != nil {
		dst = appendIDMember(dst, `,"edit":{"base":`, c.Edit.Base)
		dst = appendIDMember(dst, `,"rev":`, c.Edit.Rev)
		dst = append(c.Edit.Runs.AppendJSON(append(dst, `,"runs":`...)), '}')
	}
	if c.Colour != nil {
		dst = appendIntMember(dst, `,"colour":`, int64(*c.Colour))
	}
	if c.Tags != nil {
		dst = appendTexts(append(dst, `,"tags":`...), *c.Tags)
	}
	dst = appendRefPointer(dst, `,"perspective":`, c.Perspective)
	dst = appendRefPointer(dst, `,"author":`, c.Author)
	dst = appendRefPointer(dst, `,"cluster":`, c.Cluster)
	dst = appendRefPointer(dst, `,"ring":`, c.Ring)
	dst = appendIntPointer(dst, `,"front":`, c.Front)
	dst = appendIntPointer(dst, `,"created":`, c.Created)
	return append(dst, '}')
}

func (f *Own) append(dst []byte) []byte {
	dst = append(dst, `{"type":"own"`...)
	if f.Acked != 0 {
		dst = appendUintMember(dst, `,"acked":`, f.Acked)
	}
	if f.Saved != 0 {
		dst = appendUintMember(dst, `,"saved":`, f.Saved)
	}
	if len(f.Refused) > 0 {
		dst = append(dst, `,"refused":[`...)
		for i := range f.Refused {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = f.Refused[i].append(dst)
		}
		dst = append(dst, ']')
	}
	if f.Role != nil {
		dst = appendTextMember(dst, `,"role":`, f.Role.String())
	}
	return append(dst, '}')
}

func (r *Refused) append(dst []byte) []byte {
	dst = appendUintMember(dst, `{"n":`, r.N)
	if r.Code != "" {
		dst = appendTextMember(dst, `,"code":`, string(r.Code))
	}
	if len(r.Parts) > 0 {
		dst = appendTexts(append(dst, `,"parts":`...), r.Parts)
	}
	return append(dst, '}')
}

func (f *Signals) append(dst []byte) []byte {
	dst = append(dst, `{"type":"signal","signals":[`...)
	for i := range f.Signals {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = f.Signals[i].append(dst)
	}
	return append(dst, "]}"...)
}

func (g *Signal) append(dst []byte) []byte {
	dst = appendTextMember(dst, `{"kind":`, g.Kind)
	if !g.From.IsZero() {
		dst = appendIDMember(dst, `,"from":`, g.From)
	}
	dst = appendIntPointer(dst, `,"x":`, g.X)
	dst = appendIntPointer(dst, `,"y":`, g.Y)
	if len(g.Objects) > 0 {
		dst = append(dst, `,"objects":[`...)
		for i, id := range g.Objects {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendID(dst, id)
		}
		dst = append(dst, ']')
	}
	if len(g.Places) > 0 {
		dst = append(dst, `,"places":[`...)
		for i, p := range g.Places {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendIDMember(dst, `{"id":`, p.ID)
			dst = appendIntMember(dst, `,"x":`, p.X)
			dst = append(appendIntMember(dst, `,"y":`, p.Y), '}')
		}
		dst = append(dst, ']')
	}
	if g.Emoji != "" {
		dst = appendTextMember(dst, `,"emoji":`, g.Emoji)
	}
	return append(dst, '}')
}

// The members below take the name as it is written, with what stands before it.

func appendIntMember(dst []byte, name string, v int64) []byte {
	return strictjson.AppendInt(append(dst, name...), v)
}

func appendUintMember(dst []byte, name string, v uint64) []byte {
	return strictjson.AppendUint(append(dst, name...), v)
}

func appendTextMember(dst []byte, name, v string) []byte {
	return strictjson.AppendString(append(dst, name...), v)
}

func appendIDMember(dst []byte, name string, v ID) []byte {
	return appendID(append(dst, name...), v)
}

func appendIntPointer(dst []byte, name string, v *int64) []byte {
	if v == nil {
		return dst
	}
	return appendIntMember(dst, name, *v)
}

func appendRefPointer(dst []byte, name string, v *Ref) []byte {
	if v == nil {
		return dst
	}
	dst = append(dst, name...)
	if *v == (Ref{}) {
		return append(dst, `""`...)
	}
	return appendID(dst, ID(*v))
}

func appendID(dst []byte, v ID) []byte {
	dst = strictBase64.AppendEncode(append(dst, '"'), v[:])
	return append(dst, '"')
}

func appendTexts[T ~string](dst []byte, list []T) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strictjson.AppendString(dst, string(v))
	}
	return append(dst, ']')
}
