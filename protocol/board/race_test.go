//go:build race

package board

const fewer = 20
