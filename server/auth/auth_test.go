package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestSecretHasOneSpellingAndNeverPrints(t *testing.T) {
	s := NewSecret(rand.Reader)
	if got, ok := ParseSecret(s.Reveal()); !ok || !got.Hash().Equal(s.Hash()) {
		t.Fatalf("own spelling refused")
	}
	for _, bad := range []string{"", s.Reveal() + "A", s.Reveal()[1:], strings.Repeat("=", 22), s.Reveal()[:21] + "B"} {
		if _, ok := ParseSecret(bad); ok {
			t.Errorf("ParseSecret(%q) accepted", bad)
		}
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s)
	for _, out := range []string{fmt.Sprint(s), fmt.Sprintf("%v %s %q %#v", s, s, s, s), log.String()} {
		if strings.Contains(out, s.Reveal()) {
			t.Errorf("the secret shows in %q", out)
		}
	}
}

func TestSecretsDoNotRepeat(t *testing.T) {
	seen := map[Secret]bool{}
	for range 10_000 {
		s := NewSecret(rand.Reader)
		if seen[s] {
			t.Fatal("a secret came twice")
		}
		seen[s] = true
	}
}

func TestRecoveryCodeAsTyped(t *testing.T) {
	code := NewRecoveryCode(strings.NewReader("0123456789abcdef"))
	for _, typed := range []string{
		code.Reveal(), strings.ToLower(code.Reveal()), strings.ReplaceAll(code.Reveal(), "-", " "),
		strings.NewReplacer("0", "o", "1", "l").Replace(code.Reveal()),
	} {
		if got, ok := ParseRecoveryCode(typed); !ok || got != code {
			t.Errorf("ParseRecoveryCode(%q) = %q, %v; want %q", typed, got.Reveal(), ok, code.Reveal())
		}
	}
	for _, bad := range []string{"", "ABCD", code.Reveal()[1:], code.Reveal() + "0", strings.Repeat("0", 65), "!!!!-!!!!"} {
		if _, ok := ParseRecoveryCode(bad); ok {
			t.Errorf("ParseRecoveryCode(%q) accepted", bad)
		}
	}
}

func TestPasswords(t *testing.T) {
	p := NewPasswords(2, rand.Reader)
	hash, err := p.Hash(t.Context(), "zeer geheim 🌱")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Check(t.Context(), hash, "zeer geheim 🌱"); !ok || err != nil {
		t.Errorf("right password: %v, %v", ok, err)
	}
	if ok, err := p.Check(t.Context(), hash, "zeer geheim"); ok || err != nil {
		t.Errorf("wrong password: %v, %v", ok, err)
	}
	for _, foreign := range []string{"", "$argon2id$v=19$m=1048576,t=9,p=8$AA$AA", hash[:len(hash)-4], "plain"} {
		if _, err := p.Check(t.Context(), foreign, "x"); err == nil {
			t.Errorf("Check took the hash %q", foreign)
		}
	}
	full := NewPasswords(1, rand.Reader)
	full.gate <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := full.Hash(ctx, "x"); err == nil {
		t.Error("Hash did not wait for its turn")
	}
}

func TestGuessesCountFailuresOnly(t *testing.T) {
	g := NewGuesses(3, time.Minute)
	now := time.Unix(1000, 0)
	a, b := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
	other := netip.MustParseAddr("192.0.2.1")
	for range 3 {
		if w := g.Wait(a, now); w != 0 {
			t.Fatalf("waits %v before the limit", w)
		}
		g.Failed(a, now)
	}
	if w := g.Wait(b, now.Add(20*time.Second)); w != 40*time.Second {
		t.Errorf("same /64: waits %v, want 40s", w)
	}
	if w := g.Wait(other, now); w != 0 {
		t.Errorf("another address waits %v", w)
	}
	if w := g.Wait(a, now.Add(time.Minute)); w != 0 {
		t.Errorf("after the time: waits %v", w)
	}
	g.Failed(a, now.Add(2*time.Minute))
	if w := g.Wait(a, now.Add(2*time.Minute)); w != 0 {
		t.Errorf("one new failure: waits %v", w)
	}
}
