docker volume create todo-data
docker volume inspect todo-data
