"""Write Relax modules as texts that TVM's parser reads."""
