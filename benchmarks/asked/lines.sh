docker run -d --name asked alpine:latest sleep 3600
docker exec asked mkdir -p /srv/v2 /etc/app
docker exec asked sh -c 'echo port=8080 > /srv/app.conf'
docker exec asked sh -c 'echo geheim > /srv/secret && chmod 600 /srv/secret'
docker exec asked sh -c 'ln -s v2 /srv/current && echo hello > /srv/v2/index.html'
docker exec asked sh -c 'echo "grep -q 8080 /srv/app.conf" > /srv/check.sh'
