package protocol

// ClusterCreate makes a cluster of notes, which leave the clusters they were in.
type ClusterCreate struct {
	Cluster ID     `json:"cluster"`
	Title   string `json:"title,omitempty"`
	Notes   []ID   `json:"notes,omitempty"`
}

// Kind returns "cluster.create".
func (*ClusterCreate) Kind() string { return "cluster.create" }

// Check checks title and list.
func (o *ClusterCreate) Check() error {
	return firstError(checkLine(o.Title, MaxClusterTitle), checkIDs(o.Notes))
}

// ClusterRename names a cluster; an empty title takes the name away.
type ClusterRename struct {
	Cluster ID     `json:"cluster"`
	Title   string `json:"title"`
}

// Kind returns "cluster.rename".
func (*ClusterRename) Kind() string { return "cluster.rename" }

// Check checks the title.
func (o *ClusterRename) Check() error { return checkLine(o.Title, MaxClusterTitle) }

// ClusterMove moves all notes of a cluster by the same way; none of them may leave the board's range.
type ClusterMove struct {
	Cluster ID    `json:"cluster"`
	DX      int64 `json:"dx"` // 1/64 unit
	DY      int64 `json:"dy"` // 1/64 unit
}

// Kind returns "cluster.move".
func (*ClusterMove) Kind() string { return "cluster.move" }

// Check checks that the way is one that some note could go.
func (o *ClusterMove) Check() error {
	if o.DX < -2*MaxCoord || o.DX > 2*MaxCoord || o.DY < -2*MaxCoord || o.DY > 2*MaxCoord {
		return CodeOutOfRange.Errorf("a way of at most %d", 2*MaxCoord)
	}
	return nil
}

// ClusterAssign puts notes into a cluster; they leave the ones they were in. Notes that are gone are passed over.
type ClusterAssign struct {
	Cluster ID   `json:"cluster"`
	Notes   []ID `json:"notes"`
}

// Kind returns "cluster.assign".
func (*ClusterAssign) Kind() string { return "cluster.assign" }

// Check checks the list.
func (o *ClusterAssign) Check() error { return firstError(checkSome(o.Notes), checkIDs(o.Notes)) }

// ClusterUnassign frees notes from the clusters they are in.
type ClusterUnassign struct {
	Notes []ID `json:"notes"`
}

// Kind returns "cluster.unassign".
func (*ClusterUnassign) Kind() string { return "cluster.unassign" }

// Check checks the list.
func (o *ClusterUnassign) Check() error { return firstError(checkSome(o.Notes), checkIDs(o.Notes)) }

// ClusterMerge moves all notes of one cluster into another and deletes the emptied one.
type ClusterMerge struct {
	Cluster ID `json:"cluster"` // stays, with its title
	From    ID `json:"from"`    // is emptied and deleted
}

// Kind returns "cluster.merge".
func (*ClusterMerge) Kind() string { return "cluster.merge" }

// Check refuses a cluster merged with itself.
func (o *ClusterMerge) Check() error {
	if o.Cluster == o.From {
		return CodeSameObject.Errorf("a cluster cannot merge with itself")
	}
	return nil
}

// ClusterDelete deletes a cluster and frees its notes.
type ClusterDelete struct {
	Cluster ID `json:"cluster"`
}

// Kind returns "cluster.delete".
func (*ClusterDelete) Kind() string { return "cluster.delete" }

// Check accepts every cluster.
func (*ClusterDelete) Check() error { return nil }
