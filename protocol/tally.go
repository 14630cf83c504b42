package protocol

// Tally is a workshop's outcome: what was written, counted by cluster, perspective and ring. Counts that are zero are
// left out.
type Tally struct {
	Clusters    []ClusterTally `json:"clusters"` // in order of creation, empty ones too
	Unclustered Counts         `json:"unclustered"`
	Total       Counts         `json:"total"`
}

// ClusterTally is what one cluster holds.
type ClusterTally struct {
	Key   string `json:"key"` // the cluster's id
	Title string `json:"title"`
	Counts
}

// Counts counts notes. A note without a perspective, or in no ring, counts in Notes alone. The keys are ids as text.
type Counts struct {
	Notes         int64                       `json:"notes"`
	ByPerspective map[string]int64            `json:"byPerspective"`
	ByRing        map[string]int64            `json:"byRing"`
	Cells         map[string]map[string]int64 `json:"cells,omitempty"` // perspective, then ring
}
